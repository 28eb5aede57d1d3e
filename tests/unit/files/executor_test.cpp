#include "files/executor.hpp"

#include <gtest/gtest.h>

#include <pthread.h>

#include <future>
#include <vector>

namespace rs::files {
namespace {

TEST(WorkerPool, RunsAStrandsTasksInOrderOneAtATime) {
  std::vector<int> order;
  {
    WorkerPool pool("test", 4);
    const auto strand = pool.strand();
    for (int i = 0; i < 1000; ++i) strand([&order, i] { order.push_back(i); });
  } // what is queued is still run
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

// Each waits for the other: on one thread neither would end.
TEST(WorkerPool, StrandsRunBesideEachOther) {
  std::promise<void> first, second;
  WorkerPool pool("test", 2);
  pool.strand()([&] {
    first.set_value();
    second.get_future().wait();
  });
  pool.strand()([&] {
    first.get_future().wait();
    second.set_value();
  });
}

TEST(WorkerPool, MoreStrandsThanThreadsAllCome) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool("test", 2);
    for (int i = 0; i < 100; ++i) pool.strand()([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(WorkerPool, ItsThreadsHaveItsNameAsFarAsItFits) {
  std::promise<std::string> name;
  WorkerPool pool("files-with-a-long-name", 1);
  pool.strand()([&] { // named by whoever started it, maybe a moment later
    char text[16] = "";
    do {
      ::pthread_getname_np(::pthread_self(), text, sizeof text);
    } while (!std::string_view(text).starts_with("files-with"));
    name.set_value(text);
  });
  EXPECT_EQ(name.get_future().get(), "files-with-a-lo");
}

TEST(WorkerPool, ATaskThatComesAfterItsEndIsDropped) {
  Executor strand;
  {
    WorkerPool pool("test", 1);
    strand = pool.strand();
  }
  bool ran = false;
  strand([&ran] { ran = true; });
  EXPECT_FALSE(ran);
}

} // namespace
} // namespace rs::files
