#pragma once

#include "base/bytes.hpp"
#include "session/service.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace rs::test {

// The far end of one call: remembers what the handler sends, and gives as much credit as the test says.
class FakeCallPort final : public session::CallPort {
 public:
  std::size_t credit = SIZE_MAX;
  std::size_t largest_frame = SIZE_MAX;
  std::map<std::uint8_t, std::string> streams;
  std::set<std::uint8_t> ended;
  std::size_t taken = 0; // what consumed() said in all
  std::optional<describe::Node> answer;
  std::optional<Error> failure;
  bool done = false;                      // there is a result or an error
  std::function<void()> on_sent = [] {};  // after each send()
  std::function<void()> on_taken = [] {}; // after each consumed()
  std::function<void()> on_done = [] {};  // in result() and error(): may destroy the handler

  std::size_t sendable() const override { return std::min(credit, largest_frame); }
  bool may_send(std::size_t bytes) const override { return bytes <= credit; }
  void send(std::uint8_t kind, session::OutFrame frame, std::size_t size) override {
    RS_ASSERT(size >= 1 && may_send(size) && size <= frame.capacity() && !ended.contains(kind));
    if (credit != SIZE_MAX) credit -= size;
    streams[kind] += as_text(frame.room().first(size));
    on_sent();
  }
  void end(std::uint8_t kind) override { RS_ASSERT(ended.insert(kind).second); }
  void consumed(std::size_t bytes) override {
    taken += bytes;
    on_taken();
  }
  void progress(describe::Node) override {}
  void result(describe::Node document) override {
    RS_ASSERT(!done);
    answer = std::move(document);
    done = true;
    on_done();
  }
  void error(const Error& error, describe::Node) override {
    RS_ASSERT(!done);
    failure = error;
    done = true;
    on_done();
  }
};

} // namespace rs::test
