/**
 * Picture buffers that are used again. Fresh memory for every frame, a megabyte and more, costs as much as a filter: the
 * system has to find it, and the garbage collector to give it back.
 */

export class PicturePool {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A picture of that many bytes, with anything in it. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    return free?.length === bytes ? free : new Uint8Array(bytes);
  }

  /** Nobody reads the picture any more. */
  give(picture: Uint8Array<ArrayBuffer>): void {
    this.#free.push(picture);
  }
}
