package coop

// Command is what a worker is told to do, in the answer to its heartbeat.
type Command string

// The commands of the CoopMine service.
const (
	CommandPause    Command = "pause"
	CommandResume   Command = "resume"
	CommandConfig   Command = "update_config"
	CommandShutdown Command = "shutdown"
)

// Order is a command for one worker.
type Order struct {
	Command Command
	Config  *WorkerConfig // with CommandConfig
	Reason  string        // for the people at the worker, "" = none
}

// WorkerConfig is what the coordinator may set at a worker. Nil leaves it as it is.
type WorkerConfig struct {
	Threads *int // that mine; 0 = the worker's own choice
}

// Commander keeps orders for workers. The crew is one.
type Commander interface {
	// Command returns what a worker shall do now; ok is false where nothing is to be done. It is asked once with each
	// heartbeat, after Seat.Beat took the worker's own word, and does not block. An answer can get lost: an order stands
	// until a later Beat shows that the worker obeyed.
	Command(m MemberID) (o Order, ok bool)
}
