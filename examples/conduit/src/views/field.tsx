import { Show, useId } from '@omnitron-dev/aether';
import { fieldErrors } from '@omnitron-dev/aether/router';

/** Properties of `Field`. */
export interface FieldProps {
  readonly label: string;
  /** Name of the field in its form, and in the contract. */
  readonly name: string;
  /** Error of the server: its messages about this field are shown. */
  readonly error: Error | undefined;
  readonly type?: 'email' | 'password';
  readonly value?: string;
  readonly autocomplete?: string;
  readonly multiline?: boolean;
}

/** A labeled field, whose validation errors screen readers announce. */
export function Field(props: FieldProps) {
  const id = useId();
  const messages = () =>
    Object.entries(fieldErrors(props.error)).flatMap(([path, said]) => (path.split('.')[0] === props.name ? said : []));
  const wrong = () => messages().length > 0;
  return (
    <p>
      <label>
        {props.label}{' '}
        <Show
          when={props.multiline}
          fallback={
            <input
              name={props.name}
              type={props.type ?? 'text'}
              autocomplete={props.autocomplete}
              value={props.value ?? ''}
              aria-invalid={wrong()}
              aria-describedby={id}
            />
          }
        >
          <textarea name={props.name} value={props.value ?? ''} aria-invalid={wrong()} aria-describedby={id} />
        </Show>
      </label>{' '}
      <span id={id} class="error">
        {[...new Set(messages())].join(', ')}
      </span>
    </p>
  );
}

/** Shows why a call was refused, or refers to the fields with errors. */
export function Refusal(props: { error: Error | undefined }) {
  return (
    <p role="alert">{Object.keys(fieldErrors(props.error)).length > 0 ? 'Some fields are invalid' : props.error?.message}</p>
  );
}
