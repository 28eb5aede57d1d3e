#pragma once

#include "files/format.hpp"
#include "files/progress.hpp"
#include "files/stream_sink.hpp"
#include "files/zstd.hpp"

namespace rs::files {

// Takes the content of one file and writes it to `out`, in order: for pipes and terminals.
class ContentReceiver final : public StreamSink, private StreamReader::Events {
 public:
  ContentReceiver(std::unique_ptr<File> out, Progress& progress) : out_(std::move(out)), progress_(progress), reader_(*this) {}

  Result<void> start() override;
  Result<void> on_frame(std::uint8_t kind, ByteView bytes) override;
  Result<void> finish() override { return {}; } // whole() tells whether the file came to its end
  void abandon() override {}
  void cancel() override { progress_.stop = true; }
  std::string take_replies() override { return std::exchange(replies_, {}); }
  bool whole() const { return whole_; }

 private:
  Result<void> on_record(Record record) override;
  Result<void> on_content(ByteView bytes) override;

  std::unique_ptr<File> out_;
  Progress& progress_;
  StreamReader reader_;
  Decompressor decompressor_;
  std::string replies_;
  std::uint64_t offset_ = 0;
  bool begun_ = false;
  bool whole_ = false;
};

} // namespace rs::files
