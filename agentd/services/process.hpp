#pragma once

#include "agentd/services/warden.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "daemon/reactor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rs::agent {

struct SpawnOptions {
  std::vector<std::string> argv;          // argv[0] with a '/' is a path, else it is searched in the PATH of env
  std::vector<std::string> env;           // K=V, all of it
  std::string cwd;                        // empty: the daemon's own
  bool use_stdin = false;                 // false: /dev/null
  std::vector<std::string> run_as_prefix; // put in front of argv, whose [0] is made a path first: the helper that changes user
  Warden* warden = nullptr;               // kills the group where the daemon dies; outlives the Process and the reactor
};

enum class Output { out, err };

// `would_block` and `eof` are told by Process::read.
enum class ReadEnd { would_block, eof };

struct ReadResult {
  std::size_t size = 0; // bytes read; 0: `end` tells why
  ReadEnd end = ReadEnd::would_block;
};

struct ExitStatus {
  std::optional<int> exit_code;
  std::optional<int> signal;
};

// One child in its own process group, with pipes. Nothing of the daemon's is inherited but the three descriptors;
// signals are at their defaults. One thread: the reactor's. Until the object goes, the child's pid is kept from
// being used again, so that kill_group() never meets a stranger.
class Process {
 public:
  // Each call is made from the reactor, never from inside a call of Process. The Process may be destroyed in any
  // of them.
  class Events {
   public:
    // After a read that would have blocked (and once at the start): there are bytes, or the end.
    virtual void on_readable(Output output) = 0;
    // After a write that was not taken whole: there is room, or the child has closed its end.
    virtual void on_stdin_writable() = 0;
    // Once. Output may still be in the pipes.
    virtual void on_exit(const ExitStatus& status) = 0;

   protected:
    ~Events() = default;
  };

  // `not-found` names a missing program or cwd, `permission` a forbidden one, `unsupported` what is no program,
  // `limit` too many bytes of arguments, `io` anything else. `events` outlives the Process. SIGPIPE is ignored in the
  // daemon from then on.
  static Result<std::unique_ptr<Process>> spawn(daemon::Reactor& reactor, const SpawnOptions& options, Events& events);
  // Kills the group of a child that still runs, before its stdin closes. It is reaped as soon as it has gone.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  ReadResult read(Output output, MutableBytes room);
  // Bytes that a read would find now; 0 at the end too.
  std::size_t readable(Output output) const;
  // Everything has been read and no process holds the other end; nothing is consumed by asking.
  bool at_end(Output output) const;
  // on_readable once more, though the last read did not block: to give others a turn.
  void wait_readable(Output output);

  // How many bytes the pipe took. `connection-lost`: the child has closed its end; stdin is closed now.
  Result<std::size_t> write_stdin(ByteView bytes);
  void close_stdin();

  // SIGKILL to every process of the group, also after the child itself has gone.
  void kill_group();

 private:
  struct Impl;
  explicit Process(std::shared_ptr<Impl> impl);
  static Result<daemon::Descriptor> guard(Impl& impl, int stdin_end);
  std::shared_ptr<Impl> impl_;
};

} // namespace rs::agent
