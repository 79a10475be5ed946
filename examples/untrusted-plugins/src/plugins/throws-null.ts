export const run = (_text: string): string => {
  throw null
}
