#pragma once

#include "agentd/services/files/services.hpp"
#include "crypto/random.hpp"
#include "daemon/system_clock.hpp"
#include "files/messages.hpp"
#include "support/fake_call_port.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace rs::test {

// The rows of "files.*" on a scratch directory, which is the agent's home, with a fake far end. Everything is bounded by one
// deadline.
class FilesServiceTest : public testing::Test {
 protected:
  FilesServiceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-files-XXXXXX").string();
    home = mkdtemp(pattern.data());
    std::filesystem::create_directory(home + "/state");
    deadline.after(Millis(60'000), [this] { late = true; });
    settings = std::make_shared<agent::FilesSettings>(
        agent::FilesSettings{reactor, clock, random, workers, home, {home + "/state"}, [this]() -> const session::FilesPolicy& {
      return policy;
    }, daemon::TransferJournals(home + "/state/transfers")});
  }
  ~FilesServiceTest() override {
    handler.reset();
    std::filesystem::remove_all(home);
  }

  void put(const std::string& name, std::string_view text) const { std::ofstream(home + "/" + name, std::ios::binary) << text; }
  bool exists(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(home + "/" + name));
  }
  session::Service service(std::string_view call) const {
    for (auto& each : agent::files_services(settings)) {
      if (each.call == call) return each;
    }
    std::abort();
  }
  // The error that starting gave, if any.
  std::optional<Error> start(std::string_view call, const describe::Node& params) {
    port = std::make_unique<FakeCallPort>();
    port->on_done = [this] { handler.reset(); };
    auto started = service(call).start(caller, params, *port);
    if (!started) return started.error();
    handler = std::move(*started);
    return std::nullopt;
  }
  void run() {
    while (!port->done && !late) turn();
    EXPECT_FALSE(late) << "no answer in time";
  }
  void turn() {
    bool over = false;
    daemon::Reactor::Timer timer(reactor);
    timer.after(Millis(2), [&] { over = true; });
    reactor.run_until(over);
  }
  template <class T>
  Result<T> call(std::string_view name, const describe::Node& params) {
    if (const auto refused = start(name, params)) return *refused;
    run();
    if (port->failure) return *port->failure;
    return describe::from_node<T>(port->answer.value(), describe::Unknown::refuse);
  }
  void feed(std::uint8_t kind, std::string_view text) {
    handler->on_data(kind, {Buffer::copy_of(as_bytes(text)), 0, text.size()});
  }

  std::string home;
  session::FilesPolicy policy;
  session::Caller caller{};
  daemon::Reactor reactor;
  daemon::SystemClock clock;
  crypto::Random& random = crypto::system_random();
  files::WorkerPool workers{"files", 2};
  daemon::Reactor::Timer deadline{reactor};
  bool late = false;
  std::shared_ptr<const agent::FilesSettings> settings;
  std::unique_ptr<FakeCallPort> port;
  std::unique_ptr<session::CallHandler> handler;
};

} // namespace rs::test
