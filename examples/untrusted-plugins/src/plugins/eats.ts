/** Grows its heap for ever. */
export const run = (_text: string): string => {
  const eaten: Array<unknown> = []
  for (;;) eaten.push(Array.from({ length: 10_000 }, () => eaten.length))
}
