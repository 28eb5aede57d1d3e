#pragma once

#include "cli/agent_call.hpp"
#include "cli/commands/shot_file.hpp"
#include "cli/terminal_streams.hpp"
#include "desktop/shot_messages.hpp"

#include <memory>
#include <optional>

namespace rs::cli {

// One running `screen.shot`: the PNG goes where it should as it comes, and credit goes back only for what was taken.
class ShotStream final : public session::CallObserver {
 public:
  // `file`: where to; null: stdout. It outlives this.
  ShotStream(Context& context, session::CallSpec spec, ShotFile* file);

  // Blocks until the picture is whole and written (a file is not committed yet). An interruption ends it there too.
  Result<desktop::ShotResult> run();

 private:
  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t kind, session::InData data) override;
  void on_end(std::uint8_t kind) override { ended_ |= kind == desktop::kShotPng; }
  void on_writable() override {}
  void on_result(describe::Node document) override;
  void on_error(const Error& error, const describe::Node&) override { give_up(error); }

  void write(session::InData data);
  Result<void> check() const;
  void give_up(const Error& why);
  void finish_when_written();

  ShotFile* file_;
  AgentCall call_;
  std::unique_ptr<OutputStream> out_;
  std::uint64_t received_ = 0;
  bool ended_ = false; // by the stream's sealed end
  std::optional<desktop::ShotResult> result_;
  std::optional<Error> failed_;
};

} // namespace rs::cli
