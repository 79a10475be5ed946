/**
 * Options without inherited properties.
 *
 * A foreign property on `Object.prototype` would be read as an option wherever the option is left out: `execArgv` or `env`
 * there would run a file in every worker. So options are copied, by own key, to objects without a prototype at every
 * boundary, before the first of them is read (S223, G10).
 *
 * As in core, whose own function is not public.
 *
 * @since 0.1.0
 */

/** Copies the own properties and nothing else; anything but an object is left to the validation. */
export const own = <A>(options: A): A =>
  typeof options === "object" && options !== null && !Array.isArray(options)
    ? Object.assign(Object.create(null), options)
    : options
