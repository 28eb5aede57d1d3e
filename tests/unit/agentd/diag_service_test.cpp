#include "agentd/services/diag.hpp"
#include "agentd/services/diag/sections.hpp"
#include "daemon/system_clock.hpp"
#include "support/fake_call_port.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace rs;
using session::DiagReport;
using session::DiagSection;

// The service's row on this machine, with a fake far end. Everything is bounded by one deadline.
struct DiagService : testing::Test {
  using Handler = std::unique_ptr<session::CallHandler>;

  DiagService() {
    deadline.after(Millis(60'000), [&] { late = true; });
  }
  Result<Handler> start(test::FakeCallPort& port, std::vector<DiagSection> sections) {
    const session::DiagParams params{std::move(sections)};
    return agent::diag_service(worker).start({}, describe::to_node(params), port);
  }
  DiagReport read(std::vector<DiagSection> sections) {
    test::FakeCallPort port;
    bool done = false;
    port.on_done = [&] { done = true; };
    const auto handler = start(port, std::move(sections));
    EXPECT_TRUE(handler);
    while (!done && !late) turn();
    EXPECT_TRUE(port.answer) << "no answer in time";
    return port.answer ? describe::from_node<DiagReport>(*port.answer, describe::Unknown::refuse).value() : DiagReport();
  }
  void turn() {
    bool over = false;
    daemon::Reactor::Timer timer(reactor);
    timer.after(Millis(5), [&] { over = true; });
    reactor.run_until(over);
  }

  daemon::Reactor reactor;
  daemon::SystemClock clock;
  agent::DiagWorker worker{reactor, clock};
  daemon::Reactor::Timer deadline{reactor};
  bool late = false;
};

TEST_F(DiagService, AnswersEachSectionOrSaysWhyNot) {
  const auto report = read({});
  const auto node = describe::to_node(report);
  for (const auto& row : describe::kEnumRows<DiagSection>) {
    const bool missing = std::ranges::any_of(report.unavailable, [&](const auto& item) { return item.section == row.value; });
    EXPECT_NE(node.find(row.name) != nullptr, missing) << row.name;
  }
  EXPECT_TRUE(report.system && report.cpu && report.memory && report.disks && report.network && report.processes && report.users);
}

TEST_F(DiagService, ReadsOnlyWhatIsAskedForAndEachOnce) {
  const auto report = read({DiagSection::memory, DiagSection::system, DiagSection::memory});
  EXPECT_GT(report.memory.value().total_bytes, 1'000'000u);
  EXPECT_FALSE(report.system.value().kernel.empty());
  EXPECT_FALSE(report.cpu || report.disks || report.logs);
  EXPECT_TRUE(report.unavailable.empty());
}

TEST_F(DiagService, TheLargestProcessesComeFirstWithNameAndUser) {
  const auto report = read({DiagSection::processes});
  const auto& processes = report.processes.value();
  std::uint64_t counted = 0;
  for (const auto& [state, count] : processes.states) counted += count;
  EXPECT_EQ(counted, processes.total);
  ASSERT_FALSE(processes.by_memory.empty() || processes.by_cpu.empty());
  EXPECT_TRUE(std::ranges::is_sorted(processes.by_memory, std::greater<>(), &session::DiagProcess::rss_bytes));
  EXPECT_TRUE(std::ranges::is_sorted(processes.by_cpu, std::greater<>(), &session::DiagProcess::cpu_percent));
  for (const auto& process : processes.by_memory)
    EXPECT_TRUE(process.pid != 0 && !process.name.empty() && process.started) << process.pid;
}

TEST_F(DiagService, CallsThatComeTogetherAreAllAnswered) {
  std::vector<test::FakeCallPort> ports(8);
  std::vector<Handler> handlers;
  for (auto& port : ports) handlers.push_back(start(port, {DiagSection::cpu}).value());
  const auto all = [&] { return std::ranges::all_of(ports, [](const auto& port) { return port.done; }); };
  while (!all() && !late) turn();
  EXPECT_TRUE(all());
}

TEST_F(DiagService, ALostCallEndsTheWorkAndTheNextIsServed) {
  test::FakeCallPort lost;
  auto handler = start(lost, {}).value();
  turn();
  handler->on_lost(fail(Errc::connection_lost, "gone"));
  handler.reset();
  EXPECT_TRUE(read({DiagSection::memory}).memory);
  EXPECT_FALSE(lost.done);
}

TEST_F(DiagService, AnUnknownSectionIsInvalidAndNamed) {
  test::FakeCallPort port;
  const describe::Node params = describe::Node::Object{{"sections", describe::Node::Array{"memory", "soul"}}};
  const auto started = agent::diag_service(worker).start({}, params, port);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::invalid);
  EXPECT_NE(started.error().message.find("sections[1]"), std::string::npos) << started.error().message;
}

TEST_F(DiagService, RefusesMoreCallsThanMayWait) {
  std::vector<std::unique_ptr<test::FakeCallPort>> ports;
  std::vector<Handler> handlers;
  std::optional<Error> refused;
  while (!refused && handlers.size() < 3 * agent::kMaxWaitingDiags) {
    ports.push_back(std::make_unique<test::FakeCallPort>());
    auto handler = start(*ports.back(), {DiagSection::cpu});
    if (handler) handlers.push_back(std::move(*handler));
    else refused = handler.error();
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::limit);
}

DiagReport crowded() {
  DiagReport report;
  report.disks.emplace();
  report.services.emplace();
  report.logs.emplace();
  report.logs->source = "kernel";
  session::DiagMount mount;
  mount.target = OsString(std::string(256, '\x01')); // six bytes each in JSON
  mount.source = OsString(std::string(256, '\xff'));
  report.disks->mounts.assign(100, mount);
  report.services->units.assign(300, {std::string(256, 'u'), "active", "running"});
  for (int i = 0; i < 100; ++i) report.logs->lines.push_back(std::string(600, '\x02') + std::to_string(i));
  return report;
}

TEST(DiagFit, AReportThatIsTooLongLosesTheEndsOfItsLongestListsAndCountsThem) {
  auto report = crowded();
  ASSERT_GT(describe::to_json(report).size(), session::kMaxDiagReport);
  agent::diag::fit(report);
  EXPECT_LE(describe::to_json(report).size(), session::kMaxDiagReport);
  EXPECT_EQ(report.disks->mounts.size() + report.disks->left_out, 100u);
  EXPECT_EQ(report.services->units.size() + report.services->left_out, 300u);
  EXPECT_EQ(report.logs->lines.size() + report.logs->left_out, 100u);
  ASSERT_FALSE(report.logs->lines.empty());
  EXPECT_TRUE(report.logs->lines.back().ends_with("99")) << "the newest stay";
}

TEST(DiagFit, AReportThatFitsIsLeftAlone) {
  DiagReport report;
  report.logs.emplace();
  report.logs->lines = {"a", "b"};
  agent::diag::fit(report);
  EXPECT_EQ(report.logs->lines.size(), 2u);
}

} // namespace
