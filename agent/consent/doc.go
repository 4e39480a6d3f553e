// Package consent reads and writes the two files that rule mining on this computer, whoever else asks for what:
// consent.json (the owner allowed it) and pause.json (a person switched it off for now). Agent and every shim read
// them, so the off switch works while hub and agent are gone. Files are 0600 and written atomically.
//
// It fails safe: no, unreadable or damaged consent is no consent; a damaged pause is a pause. Both say so in words.
//
// It imports package adit and internal/atomicfile only. Start at Read.
package consent
