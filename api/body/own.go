package body

import (
	"time"

	"github.com/adit-mining/adit/internal/problem"
)

// Done answers an order that was carried out.
type Done struct {
	Status string `json:"status" doc:"what was done, in a word"`
	Name   string `json:"name,omitempty"`
}

// ConsentRequest tells how the owner gave permission.
type ConsentRequest struct {
	Via string `json:"via,omitempty" enum:"terminal,flag" doc:"for who comes with the token: asked on a terminal (the default), or said by a flag; a browser is known by its cookie"`
}

// PauseRequest asks for a pause of all mining on this computer.
type PauseRequest struct {
	ForSeconds *float64 `json:"forSeconds,omitempty" nullable:"true" minimum:"1" maximum:"31536000" doc:"null: until resumed"`
}

// PracticeRequest asks for practice and a miner on it.
type PracticeRequest struct {
	Threads *int `json:"threads,omitempty" nullable:"true" minimum:"0" maximum:"1024" doc:"null or 0: the program's own choice"`
}

// PoolsRequest replaces the pools of a running program.
type PoolsRequest struct {
	Coin  string       `json:"coin,omitempty" doc:"absent: Monero"`
	Pools []PoolConfig `json:"pools" minItems:"1" maxItems:"16"`
}

// SessionRequest trades a token for a cookie.
type SessionRequest struct {
	Token string `json:"token" writeOnly:"true" maxLength:"512" doc:"of a one-time link, or of the token file"`
}

// Session says until when the cookie is good.
type Session struct {
	ExpiresAt time.Time `json:"expiresAt"`
}

// Link is a one-time link.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Log is a piece of a program's output, oldest line first. Ask again with after = next.
type Log struct {
	Lines []LogLine `json:"lines"`
	Next  uint64    `json:"next"`
}

// LogLine is one line of output.
type LogLine struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// History is a hashrate over time; null is a time without a reading.
type History struct {
	Step      float64        `json:"step" doc:"seconds between points"`
	Algorithm string         `json:"algorithm,omitempty" doc:"whose hashrate it is; rates of different algorithms are never added"`
	Points    []HistoryPoint `json:"points"`
}

// HistoryPoint is one point of a History.
type HistoryPoint struct {
	T        time.Time `json:"t"`
	Hashrate *float64  `json:"hashrate"`
}

// Finding is one thing doctor looked at.
type Finding struct {
	Name  string `json:"name"`
	State string `json:"state" doc:"ok, info, warn, crit"`
	Text  string `json:"text"`
	Fix   string `json:"fix"`

	Group   string `json:"group,omitempty" doc:"mining, computer, programs or adit"`
	Command string `json:"command,omitempty" doc:"the fix as a line for a shell; absent: there is none"`
}

// Event is one entry of the journal.
type Event struct {
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"`
	Subject  string    `json:"subject"`
	Actor    string    `json:"actor"`
	Text     string    `json:"text"`
	Hash     string    `json:"hash"`
}

// JournalCheck says whether the journal is whole.
type JournalCheck struct {
	Whole   bool   `json:"whole"`
	Checked int64  `json:"checked" doc:"entries looked at"`
	Words   string `json:"words" doc:"what is wrong, with the entry's number"`
}

// Health is the answer of /health and /ready.
type Health struct {
	Status  string   `json:"status" doc:"ok, ready or waiting; /health of an adit that coordinates a crew: healthy, as CoopMine says it"`
	Missing []string `json:"missing,omitempty" doc:"what adit waits for"`

	Workers       *int  `json:"workers,omitempty" doc:"of the crew, online; absent: none is coordinated here"`
	PoolConnected *bool `json:"pool_connected,omitempty" doc:"the crew has work; absent: none is coordinated here"`
}

// Problem is an error: RFC 9457 with adit's own keys. It never repeats a rejected value.
type Problem = problem.Problem

// ProblemField is one thing that is wrong with the request.
type ProblemField = problem.Field
