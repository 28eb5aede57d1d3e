#include "link/write_scheduler.hpp"

#include "wire/limits.hpp"

namespace rs::link {
namespace {

constexpr std::int64_t kQuantum = wire::kMaxMessage; // bytes a circuit may send before the next one's turn

} // namespace

TrafficClass RateMeter::classify(TrafficClass declared, std::size_t bytes, BootTime now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    // A circuit that was fast in the last second stays bulk until a slow second has passed.
    was_fast_ = bytes_ > wire::kInteractiveRate && now - second_ < std::chrono::seconds(2);
    bytes_ = 0;
    second_ = now;
  }
  bytes_ += bytes;
  const bool capped = declared == TrafficClass::control || declared == TrafficClass::interactive;
  return capped && (was_fast_ || bytes_ > wire::kInteractiveRate) ? TrafficClass::bulk : declared;
}

void WriteScheduler::push_signal(Buffer frame) {
  signal_bytes_ += frame.size();
  queued_bytes_ += frame.size();
  signals_.push_back(std::move(frame));
}

void WriteScheduler::push_credit(wire::CircuitId circuit, std::uint32_t bytes) {
  if (const auto queued = credits_.find(circuit); queued != credits_.end()) {
    auto* at = queued->second->data() + wire::kHeaderBytes;
    return store_be(at, load_be<std::uint32_t>(at) + bytes);
  }
  push_signal(wire::encode_credit(circuit, bytes));
  credits_.emplace(circuit, std::prev(signals_.end()));
}

void WriteScheduler::push(wire::CircuitId circuit, TrafficClass traffic, Buffer frame) {
  auto known = by_circuit_.find(circuit);
  if (known == by_circuit_.end()) {
    auto& queues = classes_[static_cast<std::size_t>(traffic)];
    queues.push_back(Queue{circuit, traffic, {}, 0, kQuantum});
    known = by_circuit_.emplace(circuit, std::prev(queues.end())).first;
  }
  Queue& queue = *known->second;
  queue.bytes += frame.size();
  queued_bytes_ += frame.size();
  queue.frames.push_back(std::move(frame));
}

std::optional<Buffer> WriteScheduler::pop() {
  last_circuit_ = 0;
  if (!signals_.empty()) {
    Buffer frame = std::move(signals_.front());
    signals_.pop_front();
    signal_bytes_ -= frame.size();
    if (static_cast<wire::FrameType>(frame.data()[4]) == wire::FrameType::credit)
      credits_.erase(load_be<std::uint32_t>(frame.data()));
    queued_bytes_ -= frame.size();
    return frame;
  }
  for (auto& queues : classes_) {
    if (!queues.empty()) return pop_from(queues);
  }
  return std::nullopt;
}

Buffer WriteScheduler::pop_from(Queues& queues) {
  const auto next = queues.begin();
  Buffer frame = std::move(next->frames.front());
  next->frames.pop_front();
  const auto bytes = frame.size();
  next->bytes -= bytes;
  next->deficit -= static_cast<std::int64_t>(bytes);
  queued_bytes_ -= bytes;
  last_circuit_ = next->circuit;
  if (next->frames.empty()) {
    by_circuit_.erase(next->circuit);
    queues.erase(next);
  } else if (next->deficit <= 0) {
    next->deficit += kQuantum;
    queues.splice(queues.end(), queues, next);
  }
  return frame;
}

std::size_t WriteScheduler::queued_bytes(wire::CircuitId circuit) const {
  const auto known = by_circuit_.find(circuit);
  return known == by_circuit_.end() ? 0 : known->second->bytes;
}

void WriteScheduler::drop(wire::CircuitId circuit) {
  const auto known = by_circuit_.find(circuit);
  if (known == by_circuit_.end()) return;
  queued_bytes_ -= known->second->bytes;
  classes_[static_cast<std::size_t>(known->second->traffic)].erase(known->second);
  by_circuit_.erase(known);
}

} // namespace rs::link
