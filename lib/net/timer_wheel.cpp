#include "net/timer_wheel.hpp"

#include <algorithm>

namespace rs::net {

void TimerWheel::Entry::unlink() {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  next_ = previous_ = nullptr;
  if (wheel_ != nullptr) --wheel_->armed_;
  wheel_ = nullptr;
}

TimerWheel::TimerWheel() {
  for (auto& slot : slots_) slot.head.next_ = slot.head.previous_ = &slot.head;
}

TimerWheel::~TimerWheel() {
  for (auto& slot : slots_) {
    while (slot.head.next_ != &slot.head) slot.head.next_->unlink();
    slot.head.next_ = slot.head.previous_ = nullptr;
  }
}

void TimerWheel::insert(Entry& head, Entry& entry) {
  entry.previous_ = head.previous_;
  entry.next_ = &head;
  head.previous_->next_ = &entry;
  head.previous_ = &entry;
}

void TimerWheel::schedule(Entry& entry, Millis now, Millis delay) {
  entry.unlink();
  if (armed_ == 0) now_ = std::max(now_, to_tick(now));
  entry.tick_ = std::max(to_tick(now + delay + kTick - Millis(1)), now_ + 1);
  entry.wheel_ = this;
  ++armed_;
  insert(slots_[static_cast<std::size_t>(entry.tick_) % kSlots].head, entry);
}

// Moves what is due at `tick` from its slot to the ring of `due`.
void TimerWheel::collect(std::int64_t tick, Entry& due) {
  Entry& head = slots_[static_cast<std::size_t>(tick) % kSlots].head;
  for (Entry* at = head.next_; at != &head;) {
    Entry* following = at->next_;
    if (at->tick_ <= tick) {
      at->previous_->next_ = at->next_;
      at->next_->previous_ = at->previous_;
      insert(due, *at);
    }
    at = following;
  }
}

void TimerWheel::advance(Millis now) {
  const std::int64_t target = to_tick(now);
  if (target <= now_) return;
  Entry due;
  due.next_ = due.previous_ = &due;
  // After a long pause each slot is looked at once, for the last of its ticks.
  for (std::int64_t tick = std::max(now_ + 1, target - static_cast<std::int64_t>(kSlots) + 1); tick <= target; ++tick)
    collect(tick, due);
  now_ = target;
  while (due.next_ != &due) {
    Entry* entry = due.next_;
    entry->unlink();
    const auto fire = entry->fire; // a copy: the call may destroy the entry
    if (fire) fire();
  }
  due.next_ = due.previous_ = nullptr;
}

std::optional<Millis> TimerWheel::next_due() const {
  if (armed_ == 0) return std::nullopt;
  for (std::int64_t tick = now_ + 1; tick <= now_ + static_cast<std::int64_t>(kSlots); ++tick) {
    const Entry& head = slots_[static_cast<std::size_t>(tick) % kSlots].head;
    if (head.next_ != &head) return tick * kTick;
  }
  return (now_ + static_cast<std::int64_t>(kSlots)) * kTick;
}

} // namespace rs::net
