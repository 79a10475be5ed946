export const run = (text: string): string => run(text) + text
