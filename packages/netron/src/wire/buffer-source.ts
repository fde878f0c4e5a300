/** Source of a writer's buffers, which takes back those it has outgrown. */
export interface BufferSource {
  take(size: number): Uint8Array;
  give(buffer: Uint8Array): void;
}
