export const run = (_text: string): string => {
  for (;;);
}
