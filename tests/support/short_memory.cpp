#include "support/short_memory.hpp"

#include <cstdlib>
#include <new>
#include <utility>

namespace streamstats::testing {
namespace {

std::uint64_t allocations_left = 0;
std::function<void()> what_happens;

void count_allocation() {
    if (allocations_left > 0 && --allocations_left == 0) what_happens();
}

}  // namespace

void at_allocation(std::uint64_t k, std::function<void()> what) {
    what_happens = std::move(what);
    allocations_left = k;
}

void run_short() {
    throw std::bad_alloc{};
}

}  // namespace streamstats::testing

// All forms: those that are left out are the address sanitizer's own, and it compares by whom memory was given and
// taken.
void* operator new(std::size_t bytes) {
    streamstats::testing::count_allocation();
    if (void* const memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes) {
    return operator new(bytes);
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*how*/) noexcept {
    return std::malloc(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t& /*how*/) noexcept {
    return std::malloc(bytes);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}
