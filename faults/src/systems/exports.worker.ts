export { add, echo, inject } from "../injections.ts"
