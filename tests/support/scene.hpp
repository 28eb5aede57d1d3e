#pragma once

#include "support/sim.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace rs::test {

inline describe::Node params(const char* json) { return *describe::parse_json(json); }

// One running call that echoes stdin, over a relay whose output the attack may change.
struct Scene {
  Sim sim;
  SimAgent& agent = sim.add_agent("box");
  SimClient& client = sim.add_client();
  SeenCall* call = nullptr;
  int fired = 0;

  void start() {
    call = &sim.call(client, agent, params(R"({"echo":true})"));
    sim.run();
  }
  void write(const std::string& text) {
    session::OutFrame frame(text.size());
    std::copy(text.begin(), text.end(), frame.room().begin());
    ASSERT_GE(call->port->sendable(), text.size());
    call->port->send(1, std::move(frame), text.size());
  }
  bool is_stdin(const Tap& tap, const Buffer& message) const {
    return tap.to_agent && tap.type == wire::FrameType::data && message.size() > wire::kHeaderBytes;
  }
};

} // namespace rs::test
