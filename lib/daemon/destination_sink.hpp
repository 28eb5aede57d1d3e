#pragma once

#include "daemon/transfer_journals.hpp"
#include "files/posix_owners.hpp"
#include "files/sources.hpp"

#include <functional>
#include <optional>

namespace rs::daemon {

// A Receiver on this machine's disk that takes its journal and finds its destination when it starts, as both block.
class DestinationSink final : public files::StreamSink {
 public:
  struct Settings {
    std::function<Result<files::Jail>()> jail;
    std::string destination;
    files::DestinationRules rules; // what an earlier command left is looked up
    files::Receiver::Options options;
    TransferJournals journals;
    bool sweeps = false; // first what old transfers have left: for a program that does not stay to do it
  };
  // `progress` outlives this.
  DestinationSink(Settings settings, files::Progress& progress) : settings_(std::move(settings)), progress_(progress) {}

  Result<void> start() override;
  Result<void> on_frame(std::uint8_t kind, ByteView bytes) override { return receiver_->on_frame(kind, bytes); }
  Result<void> finish() override { return receiver_->finish(); }
  void abandon() override {
    if (receiver_) receiver_->abandon();
  }
  void cancel() override { progress_.stop = true; }
  std::string take_replies() override { return receiver_ ? receiver_->take_replies() : std::string(); }
  // Nothing where it did not start.
  files::TransferCounts counts() const { return receiver_ ? receiver_->counts() : files::TransferCounts(); }

 private:
  Settings settings_;
  files::Progress& progress_;
  files::PosixOwners owners_;
  std::optional<files::Receiver> receiver_;
};

} // namespace rs::daemon
