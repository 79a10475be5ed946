export { add, echo, inject } from "../injections.ts"
export { callBack, callBackBySend, lie, nest, stage } from "../staged.ts"
