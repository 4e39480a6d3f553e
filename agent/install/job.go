package install

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/wire"
)

const (
	tellEvery = 500 * time.Millisecond // at most so often, between two phases
	keepJobs  = time.Hour
	maxJobs   = 100
	speedOver = 5 * time.Second
)

// job is one installation.
type job struct {
	i      *Installer
	p      plan
	cancel context.CancelCauseFunc

	now    wire.Job // guarded by the installer's mu
	told   time.Time
	speeds []sample
}

// sample is how far a phase was at a moment.
type sample struct {
	at   time.Time
	done int64
}

// errCancelled is the cause of a cancelled job's end.
var errCancelled = errors.New("cancelled")

// run does the work and tells how it ended.
func (j *job) run(ctx context.Context) {
	err := j.work(ctx)
	phase := wire.JobDone
	if err != nil {
		phase = wire.JobFailed
		if errors.Is(context.Cause(ctx), errCancelled) {
			phase = wire.JobCancelled
		}
	}
	j.end(phase, err)
}

func (j *job) work(ctx context.Context) error {
	if err := os.MkdirAll(j.i.o.Dir, 0o755); err != nil {
		return diskError("the folder of programs", err)
	}
	f, digest, err := j.archive(ctx)
	if err != nil {
		return err
	}
	defer f.Close()
	j.version(j.p.version)
	if v, err := j.i.store.named(j.p.program, j.p.version); err == nil && v.ArchiveDigest == digest && j.i.store.check(v) == nil {
		return j.finish(j.i.store.Use(v.Program, v.Version)) // it is there, whole
	}
	m, prepared, err := j.prepare(ctx, f, digest)
	if prepared != "" {
		defer os.RemoveAll(prepared)
	}
	if err != nil {
		return err
	}
	return j.finish(j.i.store.place(prepared, m))
}

// finish drops the downloaded archive of an installation that is done.
func (j *job) finish(err error) error {
	if err == nil && j.p.archive == "" {
		j.i.fetch.drop(*j.p.entry)
	}
	return err
}

// archive opens the archive, downloaded or local, once its digest is known to be right.
func (j *job) archive(ctx context.Context) (f *os.File, digest string, err error) {
	if j.p.archive == "" {
		j.phase(wire.JobDownloading, hostOf(j.p.entry.URL), j.p.entry.Size)
		path, err := j.i.fetch.fetch(ctx, *j.p.entry, j.progress)
		if err != nil {
			return nil, "", err
		}
		if f, err = os.Open(path); err != nil {
			return nil, "", adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
		}
		return f, j.p.entry.SHA256, nil
	}
	if f, err = os.Open(j.p.archive); err != nil {
		return nil, "", adit.InvalidField("archive", "it cannot be read: %v", cause(err))
	}
	if digest, err = j.hash(ctx, f); err == nil {
		j.p, err = j.i.recognise(j.p, digest)
	}
	if err != nil {
		return nil, "", errors.Join(err, f.Close())
	}
	return f, digest, nil
}

func (j *job) hash(ctx context.Context, f *os.File) (string, error) {
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return "", adit.InvalidField("archive", "it is no file")
	}
	size := st.Size()
	j.phase(wire.JobChecking, filepath.Base(j.p.archive), &size)
	return j.digest(ctx, f, size)
}

func (j *job) digest(ctx context.Context, f *os.File, size int64) (string, error) {
	beginRead(f)
	var done int64
	digest, err := digestFrom(&following{ctx, io.NewSectionReader(f, 0, size), func(n int) { done += int64(n); j.progress(done, &size) }})
	if err != nil {
		if ctx.Err() != nil {
			return "", interrupted(ctx)
		}
		return "", adit.Errorf(adit.Refused, "the archive cannot be read: %w", cause(err))
	}
	return digest, nil
}

// unchanged compares what was unpacked with what was checked before: a local archive lies where others may write. again is
// the digest of the bytes that were unpacked, "" where it was not taken on the way; then the archive is read once more.
func (j *job) unchanged(f *os.File, digest, again string) error {
	if j.p.archive == "" {
		return nil
	}
	var err error
	if again == "" {
		again, err = digestFrom(io.NewSectionReader(f, 0, MaxArchive+1))
	}
	if err != nil || again != digest {
		return adit.Errorf(adit.Refused, "the archive was changed while it was unpacked: nothing was installed")
	}
	return nil
}

// following ends reading with its context and tells of progress.
type following struct {
	ctx  context.Context
	r    io.Reader
	each func(n int)
}

func (f *following) Read(b []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.r.Read(b)
	f.each(n)
	return n, err
}

func interrupted(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errCancelled) {
		return adit.Errorf(adit.Conflict, "the installation was cancelled")
	}
	return adit.Errorf(adit.Unreachable, "adit ended before the installation was done: nothing was installed")
}

// prepare unpacks into a temporary folder and writes the manifest beside the files. The folder, where there is one, is
// the caller's to remove.
func (j *job) prepare(ctx context.Context, f *os.File, digest string) (m Manifest, prepared string, err error) {
	st, err := f.Stat()
	if err != nil {
		return m, "", adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
	}
	size := st.Size()
	j.phase(wire.JobUnpacking, "", &size)
	if err := checkRoom(j.i.o.Dir, 2*size, j.i.o.bounds.reserve); err != nil {
		return m, "", err
	}
	tmp := filepath.Join(j.i.o.Dir, tmpDir)
	if err := closedDir(tmp); err != nil {
		return m, "", diskError("the program", err)
	}
	prepared = filepath.Join(tmp, "new-"+adit.NewID())
	into := filepath.Join(prepared, filesDir)
	if err := os.MkdirAll(into, 0o755); err != nil {
		return m, "", diskError("the program", err)
	}
	files, unpacked, err := unpack(ctx, f, into, j.i.o.bounds, j.progress)
	if err == nil {
		err = j.unchanged(f, digest, unpacked)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = interrupted(ctx)
		}
		return m, prepared, err
	}
	bin, err := j.p.binaryIn(files)
	if err != nil {
		return m, prepared, err
	}
	if err := j.makeRunnable(filepath.Join(into, filepath.FromSlash(bin.Path)), bin); err != nil {
		return m, prepared, err
	}
	m = j.manifest(bin, digest, files)
	if err := atomicfile.WriteJSON(filepath.Join(prepared, manifestFile), m, 0o644); err != nil {
		return m, prepared, diskError("the manifest", err)
	}
	syncDir(into)
	return m, prepared, nil
}

// closedDir makes a folder that nobody else may enter.
func closedDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
}

// makeRunnable refuses an executable of another system and sets its permission, which a zip may not carry.
func (j *job) makeRunnable(path string, bin File) error {
	head := make([]byte, 4)
	f, err := os.Open(path)
	if err != nil {
		return adit.Errorf(adit.Internal, "the executable cannot be read: %w", err)
	}
	n, _ := io.ReadFull(f, head) // a short one is no executable of a known kind
	_ = f.Close()
	if system := systemOf(head[:n]); system != "" && !runsOn(system, j.i.o.Platform) {
		return adit.Errorf(adit.Refused, "%s is a program for %s, and this computer is %s", bin.Path, system, j.i.o.Platform)
	}
	if !bin.Executable {
		if err := os.Chmod(path, 0o755); err != nil {
			return adit.Errorf(adit.Internal, "the executable cannot be made one: %w", err)
		}
	}
	return nil
}

func (j *job) manifest(bin File, digest string, files []File) Manifest {
	m := Manifest{Format: manifestFormat, Program: j.p.program, Version: j.p.version, Platform: j.i.o.Platform, Binary: bin.Path, Digest: bin.SHA256,
		ArchiveDigest: digest, ArchiveName: filepath.Base(j.p.archive), InstalledAt: j.i.o.Now().UTC(), Vouched: vouchedOwner, Files: files}
	if e := j.p.entry; e != nil {
		m.Vouched, m.DigestSource, m.URL, m.Licence, m.Source, m.FeePercent = vouchedCatalogue, e.DigestSource, e.URL, e.Licence, e.Source, e.FeePercent
		m.ArchiveName = e.archiveName()
	}
	return m
}

// phase begins a phase and tells of it.
func (j *job) phase(name, from string, total *int64) {
	j.i.mu.Lock()
	j.now.Phase, j.now.Done, j.now.Total, j.now.Speed, j.speeds = name, 0, total, nil, nil
	if from != "" {
		j.now.From = from
	}
	now := j.stamp()
	j.i.mu.Unlock()
	j.i.o.Tell(now)
}

// stamp notes the time and returns what is to be told. The caller holds mu.
func (j *job) stamp() wire.Job {
	j.now.At = j.i.o.Now().UTC()
	j.told = j.now.At
	return j.now
}

func (j *job) version(v string) {
	j.i.mu.Lock()
	defer j.i.mu.Unlock()
	j.now.Version = v
}

// progress notes how far the phase is, and tells of it not too often.
func (j *job) progress(done int64, total *int64) {
	j.i.mu.Lock()
	j.now.Done, j.now.Total = done, total
	at := j.i.o.Now().UTC()
	if at.Sub(j.told) < tellEvery {
		j.i.mu.Unlock()
		return
	}
	j.now.Speed = j.speed(at, done)
	now := j.stamp()
	j.i.mu.Unlock()
	j.i.o.Tell(now)
}

// speed is bytes a second over the last seconds. The caller holds mu.
func (j *job) speed(at time.Time, done int64) *float64 {
	j.speeds = append(j.speeds, sample{at, done})
	for len(j.speeds) > 2 && at.Sub(j.speeds[0].at) > speedOver {
		j.speeds = j.speeds[1:]
	}
	first := j.speeds[0]
	span := at.Sub(first.at).Seconds()
	if span <= 0 || done < first.done {
		return nil
	}
	v := float64(done-first.done) / span
	return &v
}

func (j *job) end(phase string, err error) {
	j.i.mu.Lock()
	j.now.Phase, j.now.Speed = phase, nil
	if err != nil {
		j.now.Code, j.now.Reason = adit.CodeOf(err), wordsOf(err)
		if e, ok := adit.AsError(err); ok {
			j.now.Field = e.Field
		}
	}
	now := j.stamp()
	j.i.mu.Unlock()
	j.i.o.Tell(now)
}
