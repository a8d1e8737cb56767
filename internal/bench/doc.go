// Package bench measures the product as a whole, over a synthetic AWS account of a hundred thousand resources and the
// embedded store: syncs, drift passes, lists. It holds tests and benchmarks only; `make bench` runs them, and
// docs/performance.md tells what they gave. Tests compare counts or numbers of one run, never absolute times.
package bench
