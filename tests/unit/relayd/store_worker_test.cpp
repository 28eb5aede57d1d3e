#include "relayd/store/store_worker.hpp"
#include "unit/relayd/store_fixture.hpp"

#include <future>
#include <latch>
#include <set>
#include <thread>
#include <vector>

namespace {

using namespace rs;
using namespace rs::test;
using store::Store;
using store::StoreWorker;

// Lets the test hold the worker inside a task, so that what arrives meanwhile queues up. Outlives the worker.
class Held {
 public:
  explicit Held(StoreWorker& worker) {
    worker
        .submit([this](Store&) {
      entered_.count_down();
      go_.wait();
    }).value();
    entered_.wait();
  }
  void release() { go_.count_down(); }

 private:
  std::latch entered_{1};
  std::latch go_{1};
};

class StoreWorkerTest : public StoreTest {
 protected:
  StoreWorkerTest() : worker_(std::make_unique<StoreWorker>(std::move(store_))) {}
  // All that was queued before is done when this returns.
  void settle() {
    worker_.reset();
    reopen();
  }
  std::unique_ptr<StoreWorker> worker_;
};

TEST_F(StoreWorkerTest, TasksRunInOrderOnOneOtherThread) {
  std::vector<int> order;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 3; ++i) {
    worker_
        ->submit([&, i](Store&) {
      order.push_back(i);
      threads.insert(std::this_thread::get_id());
    }).value();
  }
  settle();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  EXPECT_EQ(threads.size(), 1u);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_F(StoreWorkerTest, AnAuditRecordIsOnTheDiskWhenItsCallbackRuns) {
  std::promise<Result<void>> committed;
  worker_->audit(audit("t-1", "login"), [&](Result<void> result) { committed.set_value(std::move(result)); });
  EXPECT_TRUE(committed.get_future().get());
  auto second = store::SqliteStore::open(path_).value();
  EXPECT_EQ(second->audit_head("t-1", "relayd").value().seq, 1u);
}

TEST_F(StoreWorkerTest, WhatArrivesMeanwhileIsCommittedTogetherAndInOrder) {
  Held held(*worker_);
  int answered = 0;
  for (int i = 0; i < 250; ++i) {
    worker_->audit(audit("t-1", "exec.run", "u-" + std::to_string(i)), [&](Result<void> result) { answered += result ? 1 : 0; });
  }
  held.release();
  settle();
  EXPECT_EQ(answered, 250);
  const auto records = store_->list_audit("t-1", {.writer = "relayd", .limit = 1000}).value();
  ASSERT_EQ(records.size(), 250u);
  EXPECT_EQ(records[249].actor, "u-249");
  EXPECT_TRUE(store_->verify_audit("t-1", "relayd"));
}

TEST_F(StoreWorkerTest, ABadRecordFailsAlone) {
  Held held(*worker_);
  std::vector<bool> good;
  const auto remember = [&](Result<void> result) { good.push_back(bool(result)); };
  auto bad = audit("t-1", "login");
  bad.target = std::string(session::kMaxAuditText + 1, 'x');
  worker_->audit(audit("t-1", "a"), remember);
  worker_->audit(bad, remember);
  worker_->audit(audit("t-1", "b"), remember);
  held.release();
  settle();
  EXPECT_EQ(good, (std::vector{true, false, true}));
  EXPECT_EQ(store_->verify_audit("t-1", "relayd").value().seq, 2u);
}

TEST_F(StoreWorkerTest, AFullQueueRefusesAtOnce) {
  Held held(*worker_);
  Result<void> submitted = {};
  std::size_t queued = 0;
  while (queued < store::kMaxQueuedTasks + 1 && (submitted = worker_->submit([](Store&) {}))) ++queued;
  EXPECT_EQ(code(submitted), Errc::limit);
  EXPECT_EQ(queued, store::kMaxQueuedTasks);
  held.release();
  settle();
}

TEST_F(StoreWorkerTest, AThrowingTaskDoesNotEndTheWorker) {
  bool ran = false;
  worker_->submit([](Store& store) { store.user("t-1", "nobody").value(); }).value();
  worker_->submit([&](Store&) { ran = true; }).value();
  settle();
  EXPECT_TRUE(ran);
}

TEST_F(StoreWorkerTest, AFullDiskIsToldToEachWhoAsked) {
  settle();
  reopen({.max_pages = 40});
  auto full = std::make_unique<StoreWorker>(std::move(store_));
  std::vector<Errc> failures;
  auto big = audit("t-1", "exec.run");
  big.detail.set("argv", std::string(10'000, 'x'));
  for (int i = 0; i < 60; ++i)
    full->audit(big, [&](Result<void> result) {
      if (!result) failures.push_back(result.error().code);
    });
  full.reset();
  ASSERT_FALSE(failures.empty());
  for (const auto failure : failures) EXPECT_EQ(failure, Errc::audit_unavailable);
  reopen();
  EXPECT_EQ(store_->verify_audit("t-1", "relayd").value().seq, 60 - failures.size());
}

} // namespace
