/** Source of a writer's buffers, which takes back those that have become too small. */
export interface BufferSource {
  take(size: number): Uint8Array;
  give(buffer: Uint8Array): void;
}
