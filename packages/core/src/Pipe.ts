/**
 * Two-way channels.
 *
 * @since 0.2.0
 */
export {
  /**
   * How a channel ended: `closed` in order, `lost` without a word from the other side.
   *
   * @category models
   * @since 0.2.0
   */
  type ChannelEnd,
  /**
   * One end of a two-way channel, which sends elements `S` and receives elements `R`.
   *
   * @category models
   * @since 0.2.0
   */
  type End
} from "./internal/model/end.ts"
