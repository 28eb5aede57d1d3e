#pragma once

#include "base/buffer.hpp"
#include "base/clock.hpp"
#include "wire/frame.hpp"
#include "wire/vocabulary.hpp"

#include <array>
#include <list>
#include <map>
#include <optional>

namespace rs::link {

// Demotes a circuit of class control or interactive that moves more than wire::kInteractiveRate to bulk, second by second.
class RateMeter {
 public:
  TrafficClass classify(TrafficClass declared, std::size_t bytes, BootTime now);

 private:
  BootTime second_{};
  std::size_t bytes_ = 0; // since second_
  bool was_fast_ = false; // in the second before
};

// Decides which frame a link writes next: signalling first, then by class, round robin by bytes among the circuits of
// a class. Frames of one circuit never overtake each other, signalling excepted. An empty one holds no heap memory.
class WriteScheduler {
 public:
  // CONTROL, OPEN, ACCEPT, REFUSE, CREDIT: in their own order, before everything else.
  void push_signal(Buffer frame);
  // CREDIT as a signal; it joins what is queued for the same circuit, so that many grants to a slow reader stay one
  // frame. The sum fits: it is credit that may be outstanding.
  void push_credit(wire::CircuitId circuit, std::uint32_t bytes);
  // DATA and CLOSE. While frames of the circuit are queued, it stays in the class in which it is.
  void push(wire::CircuitId circuit, TrafficClass traffic, Buffer frame);
  std::optional<Buffer> pop();

  bool empty() const { return queued_bytes_ == 0; }
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::size_t signal_bytes() const { return signal_bytes_; }
  std::size_t queued_bytes(wire::CircuitId circuit) const;
  // Of the frame that pop() gave last: 0 where it was signalling.
  wire::CircuitId last_circuit() const { return last_circuit_; }
  void drop(wire::CircuitId circuit); // forgets its queued frames

 private:
  struct Queue {
    wire::CircuitId circuit;
    TrafficClass traffic;
    std::list<Buffer> frames;
    std::size_t bytes = 0;
    std::int64_t deficit = 0; // bytes that it may still send in this round
  };
  using Queues = std::list<Queue>;

  Buffer pop_from(Queues& queues);

  std::list<Buffer> signals_;
  std::map<wire::CircuitId, std::list<Buffer>::iterator> credits_; // among the signals
  std::array<Queues, 4> classes_;                                  // the front queue is next
  std::map<wire::CircuitId, Queues::iterator> by_circuit_;
  std::size_t queued_bytes_ = 0;
  std::size_t signal_bytes_ = 0;
  wire::CircuitId last_circuit_ = 0;
};

} // namespace rs::link
