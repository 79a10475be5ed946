/** Throws where nobody can catch it, while its caller waits. */
export const run = (text: string): Promise<string> => {
  setTimeout(() => {
    throw new Error(`nobody catches this: ${text}`)
  })
  return new Promise(() => {})
}
