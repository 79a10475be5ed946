// The conformance suite on processes, a part of it: how many workers there are, and how they are replaced and reserved, services.
import { register } from "./support/processesSuite.ts"

register(["size", "recycling", "reserve", "service", "dedicated", "supervision"])
