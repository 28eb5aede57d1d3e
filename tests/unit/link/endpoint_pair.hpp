#pragma once

#include "link/endpoint.hpp"
#include "unit/link/frames.hpp"

#include <gtest/gtest.h>

namespace rs::test {

inline const BootTime kThen{Millis(1000)};

inline const std::string kOpenJson = describe::to_json(wire::OpenBody{.org = "org-one",
                                                                      .target = "a-abcdefghijklmnopqrst",
                                                                      .session = *SessionId::parse("s-bcdefghijklmnopqrstu"),
                                                                      .class_ = TrafficClass::bulk});

// Two endpoints back to back; what stands between them gives each circuit of the opener the next even id at the taker.
struct EndpointPair {
  link::Endpoint opener;
  link::Endpoint taker;

  void run() {
    for (bool moved = true; moved;) {
      moved = false;
      while (auto message = opener.next_message(kThen)) moved = to_taker(std::move(*message));
      while (auto message = taker.next_message(kThen)) moved = to_opener(std::move(*message));
    }
  }
  bool to_taker(Buffer message) {
    wire::put_circuit(message, circuit_of(message) + 1);
    EXPECT_TRUE(taker.on_message(std::move(message), kThen));
    return true;
  }
  bool to_opener(Buffer message) {
    wire::put_circuit(message, circuit_of(message) - 1);
    EXPECT_TRUE(opener.on_message(std::move(message), kThen));
    return true;
  }
  wire::CircuitId open() {
    const auto circuit = opener.open(kOpenJson, TrafficClass::bulk, Bytes{1, 2});
    run();
    return circuit;
  }
};

} // namespace rs::test
