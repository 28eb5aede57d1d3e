#pragma once

#include "agentd/services/account.hpp"
#include "agentd/services/exec.hpp"
#include "daemon/reactor.hpp"
#include "daemon/system_clock.hpp"
#include "support/fake_call_port.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace rs::test {

using session::ExecParams;
using session::ExecResult;

// Runs real commands through the service's row, with a fake far end. Everything is bounded by one deadline.
class ExecTest : public testing::Test {
 protected:
  static constexpr Millis kDeadline{60'000};

  ExecTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-exec-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    settings_.agent_id = "a-test";
    settings_.agent_name = "web1";
    settings_.temp_dir = directory_;
    caller_.session = SessionId::from_random(Bytes(kIdRandomBytes, 7));
    port_.on_done = [this] {
      handler_.reset();
      stop_ = true;
    };
  }
  ~ExecTest() override {
    handler_.reset();
    std::filesystem::remove_all(directory_);
  }

  static ExecParams command(std::vector<OsString> argv) {
    ExecParams params;
    params.argv = std::move(argv);
    return params;
  }
  static ExecParams shell(std::string line) { return command({"/bin/sh", "-c", std::move(line)}); }

  // The error that starting gave, if any.
  std::optional<Error> start(const ExecParams& params) {
    const auto service = agent::exec_service(reactor_, clock_, settings_);
    auto handler = service.start(caller_, describe::to_node(params), port_);
    if (!handler) return handler.error();
    handler_ = std::move(*handler);
    return std::nullopt;
  }
  // Until stop_ is set, by the end of the call or by the test's own hook; false at the deadline.
  bool run() {
    bool late = false;
    daemon::Reactor::Timer deadline(reactor_);
    deadline.after(kDeadline, [&] { late = stop_ = true; });
    reactor_.run_until(stop_);
    stop_ = false;
    return !late;
  }
  // Until the reactor waits for nothing any more: children that were killed are reaped then.
  void run_dry() { reactor_.run(); }
  ExecResult run_to_result(const ExecParams& params) {
    const auto failed = start(params);
    EXPECT_FALSE(failed) << failed->message;
    EXPECT_TRUE(failed || run());
    return result();
  }
  ExecResult result() {
    EXPECT_TRUE(port_.answer);
    if (!port_.answer) return {};
    return describe::from_node<ExecResult>(*port_.answer, describe::Unknown::refuse).value();
  }
  void feed(std::string_view text) { handler_->on_data(session::kExecStdin, {Buffer::copy_of(as_bytes(text)), 0, text.size()}); }
  std::string& out() { return port_.streams[session::kExecStdout]; }
  std::string& err() { return port_.streams[session::kExecStderr]; }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  daemon::Reactor reactor_;
  daemon::SystemClock clock_;
  agent::ExecSettings settings_;
  session::Caller caller_{};
  FakeCallPort port_;
  std::unique_ptr<session::CallHandler> handler_;
  bool stop_ = false;
  std::string directory_;
};

} // namespace rs::test
