/**
 * Every error code, with the HTTP status it maps to and whether the failed call may be retried.
 * The set is closed; it follows the gRPC and Connect status codes. `unknown_outcome` is specific to Netron: the connection was lost
 * after the call had been sent, so it is unknown whether the call ran.
 */
export const codes = {
  canceled: { http: 499, retry: false },
  unknown: { http: 500, retry: false },
  invalid_argument: { http: 400, retry: false },
  deadline_exceeded: { http: 504, retry: false },
  not_found: { http: 404, retry: false },
  already_exists: { http: 409, retry: false },
  permission_denied: { http: 403, retry: false },
  resource_exhausted: { http: 429, retry: true },
  failed_precondition: { http: 412, retry: false },
  aborted: { http: 409, retry: true },
  out_of_range: { http: 400, retry: false },
  unimplemented: { http: 501, retry: false },
  internal: { http: 500, retry: false },
  unavailable: { http: 503, retry: true },
  data_loss: { http: 500, retry: false },
  unauthenticated: { http: 401, retry: false },
  unknown_outcome: { http: 500, retry: false },
} as const satisfies Record<string, { http: number; retry: boolean }>;

/** One of the closed set of error codes. */
export type Code = keyof typeof codes;

/** Whether a value, for instance one that a peer sent, is a known code. */
export function isCode(text: unknown): text is Code {
  return typeof text === 'string' && Object.hasOwn(codes, text);
}
