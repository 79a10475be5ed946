/** Grows its heap for ever. */
export const run = (_text: string): string => {
  let eaten: { readonly rest: unknown } | undefined
  for (;;) eaten = { rest: eaten }
}
