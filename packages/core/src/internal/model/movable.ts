/**
 * Objects that can move across the boundary instead of being copied. Types only.
 *
 * Structural, since the platforms' own `Transferable` types differ, and some of them take anything.
 *
 * @since 0.1.0
 */

/**
 * An array buffer, a message port, or a stream.
 *
 * @category models
 * @since 0.1.0
 */
export type Movable = ArrayBuffer | Port | Streaming

interface Port {
  postMessage(message: any, transfer?: any): void
  close(): void
}

type Streaming =
  | { getReader(options?: any): any }
  | { getWriter(): any }
  | { readonly readable: any; readonly writable: any }
