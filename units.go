package adit

// Watts is electrical power drawn (W).
type Watts float64

// Celsius is a temperature (°C).
type Celsius float64

// Joules is energy (J).
type Joules float64

// RPM is a fan's speed (revolutions per minute).
type RPM float64

// Percent is a share of a whole, 0 to 100.
type Percent float64

// Bytes is an amount of memory or storage.
type Bytes uint64
