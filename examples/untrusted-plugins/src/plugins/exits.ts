import process from "node:process"

export const run = (_text: string): string => process.exit(3)
