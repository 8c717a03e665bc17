#include "http/batch_pool.hpp"

#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace streamstats;
using streamstats::http::batch_pool;

TEST_CASE("a batch that nobody holds any more is the next one, and empty", "[http]") {
    const auto pool = std::make_shared<batch_pool>();
    auto first = pool->take();
    const wire::batch* const its_place = first.get();
    first->events.resize(3);
    first->received = 5;
    first->ignored = 1;
    first->rejections.resize(1);
    std::shared_ptr<const wire::batch> elsewhere = first;
    first.reset();
    CHECK(pool->take().get() != its_place);
    std::thread{[&] { elsewhere.reset(); }}.join();

    CHECK(pool->spare_bytes() > 0);
    const auto next = pool->take();
    CHECK(next.get() == its_place);
    CHECK(next->events.empty());
    CHECK(next->rejections.empty());
    CHECK(next->received == 0);
    CHECK(next->ignored == 0);
}

TEST_CASE("batches that lie idle take only so much", "[http]") {
    const auto pool = std::make_shared<batch_pool>();
    std::vector<std::shared_ptr<wire::batch>> many;
    for (int i = 0; i < 100; ++i) {
        many.push_back(pool->take());
        many.back()->events.resize(1'000);
    }
    many.clear();
    CHECK(pool->spare_bytes() > batch_pool::spare_bytes_max / 2);
    CHECK(pool->spare_bytes() <= batch_pool::spare_bytes_max);
    for (int i = 0; i < 100; ++i) many.push_back(pool->take());
    CHECK(pool->spare_bytes() == 0);
}

TEST_CASE("a batch may outlive the thread whose pool it came from", "[http]") {
    auto pool = std::make_shared<batch_pool>();
    const auto one = pool->take();
    pool.reset();
    one->events.resize(2);
    CHECK(one->events.size() == 2);
}
