// Memory for arrays that are looked into at random: it begins with a line of the cache, and where it is large, with a
// huge page.
#pragma once

#include <cstddef>

namespace streamstats {

void* allocate_lines(std::size_t bytes);
void free_lines(void* memory, std::size_t bytes) noexcept;

template <class Value>
struct huge_page_allocator {
    using value_type = Value;
    huge_page_allocator() = default;
    template <class Other>
    explicit huge_page_allocator(const huge_page_allocator<Other>& /*other*/) {}

    Value* allocate(std::size_t count) { return static_cast<Value*>(allocate_lines(count * sizeof(Value))); }
    void deallocate(Value* memory, std::size_t count) noexcept { free_lines(memory, count * sizeof(Value)); }
    friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) { return true; }
};

}  // namespace streamstats
