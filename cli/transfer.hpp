#pragma once

#include "cli/agent_call.hpp"
#include "cli/progress.hpp"
#include "files/messages.hpp"
#include "files/pipe_file.hpp"
#include "files/pumps.hpp"

#include <memory>
#include <optional>

namespace rs::cli {

// One transfer as a verb wants it.
struct TransferPlan {
  // Asked for each attempt; the placement is what the attempts before it found.
  std::function<session::CallSpec(files::Placement)> spec;
  // Exactly one of the two; each is asked again for each attempt, the first on a worker thread, and what it makes refers to
  // `progress`.
  std::function<Result<std::unique_ptr<files::Sender>>(files::Progress& progress)> open_sender;
  std::function<std::shared_ptr<files::StreamSink>(files::Progress& progress, files::Placement)> make_sink;
  bool resumable = false;
  bool shows_progress = false;             // as records on stdout
  std::string shown;                       // in progress records: the verb
  std::shared_ptr<files::PipeCancel> pipe; // of a standard stream that is read or written
};

struct TransferOutcome {
  files::TransferCounts agent;                // what the agent says
  std::optional<files::TransferCounts> local; // of a sender here
  std::uint64_t moved = 0;                    // bytes of contents over the connection, in all attempts
  unsigned attempts = 1;
};

// `outcome` says how far it came, whatever the result is.
// Runs a transfer: where the connection is lost and it may go on, it connects again, until a minute has brought no progress.
// Meanwhile it shows a line on a terminal, or progress records where the output is ndjson.
Result<void> run_transfer(Context& context, const TransferPlan& plan, TransferOutcome& outcome);

} // namespace rs::cli
