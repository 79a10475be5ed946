export { add, echo, inject } from "../injections.ts"
export { nest } from "../nest.ts"
export { callBack, callBackBySend, lie, stage } from "../staged.ts"
