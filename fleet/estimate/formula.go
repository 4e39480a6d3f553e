package estimate

// secondsPerDay and the like.
const (
	secondsPerDay = 86400
	hoursPerDay   = 24
)

// CoinsPerDay is what a hashrate finds in a day, on average: hashrate (H/s) × 86400 s ÷ difficulty (hashes for one block,
// on average) × reward (coins for one block).
//
// It holds where the difficulty is the expected number of hashes for one block, as in Monero: "difficulty is the number
// of hashes needed, on average, to find a block" (cryptonote check_hash: hash × difficulty < 2^256). A pool pays this less
// its fee; alone, the same amount comes as rare whole blocks.
func CoinsPerDay(hashrate, difficulty, reward float64) float64 {
	return hashrate * secondsPerDay / difficulty * reward
}

// RevenuePerDay is what is left of coins a day, in money: coins × price × (1 − program's fee) × (1 − pool's fee); fees in
// per cent.
func RevenuePerDay(coins, price, programFee, poolFee float64) float64 {
	return coins * price * (1 - programFee/100) * (1 - poolFee/100)
}

// CostPerDay is what power (W) costs in a day: W ÷ 1000 × 24 h × price per kWh.
func CostPerDay(watts, pricePerKwh float64) float64 {
	return watts / 1000 * hoursPerDay * pricePerKwh
}
