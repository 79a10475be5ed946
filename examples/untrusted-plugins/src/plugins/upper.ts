export const run = (text: string): string => text.toUpperCase()
