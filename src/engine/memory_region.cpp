#include "engine/memory_region.hpp"
#include "engine/huge_page_allocator.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>

namespace streamstats {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20U;
constexpr std::size_t step_min = std::size_t{64} << 10U;
// Below this, zeroing a huge page costs more than it saves.
constexpr std::size_t huge_from = 4 * huge_page;

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t to) {
    return (bytes + to - 1) / to * to;
}

constexpr std::align_val_t line{64};
constexpr std::size_t page = 4'096;

}  // namespace

// Large arrays have mappings of their own: a heap would keep the holes that they leave when they grow.
void* allocate_lines(std::size_t bytes) {
    if (bytes < huge_page) return operator new(bytes, line);
    const std::size_t wanted = rounded_up(bytes, page);
    void* const got = mmap(nullptr, wanted + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) throw std::bad_alloc();
    void* aligned = got;
    std::size_t room = wanted + huge_page;
    std::align(huge_page, wanted, aligned, room);
    auto* const begin = static_cast<std::byte*>(aligned);
    const auto before = static_cast<std::size_t>(begin - static_cast<std::byte*>(got));
    if (before > 0) munmap(got, before);
    if (room > wanted) munmap(begin + wanted, room - wanted);
    (void)madvise(begin, wanted, MADV_HUGEPAGE);
    return begin;
}

void free_lines(void* memory, std::size_t bytes) noexcept {
    if (bytes < huge_page) {
        operator delete(memory, line);
    } else {
        munmap(memory, rounded_up(bytes, page));
    }
}

memory_region::~memory_region() {
    if (reserved_ != nullptr) munmap(reserved_, bytes_max_ + huge_page);
}

void memory_region::grow_to(std::size_t bytes) {
    if (bytes <= usable_) return;
    if (bytes > bytes_max_) throw std::bad_alloc();
    if (reserved_ == nullptr) {
        void* const got = mmap(nullptr, bytes_max_ + huge_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) throw std::bad_alloc();
        reserved_ = got;
        void* aligned = got;
        std::size_t room = bytes_max_ + huge_page;
        data_ = static_cast<std::byte*>(std::align(huge_page, bytes_max_, aligned, room));
    }
    const std::size_t step = std::max(step_min, usable_ >= huge_from ? huge_page : usable_ / 4);
    const std::size_t wanted = std::min(rounded_up(bytes, rounded_up(step, step_min)), bytes_max_);
    if (mprotect(data_, wanted, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    usable_ = wanted;
    if (huge_ || usable_ < huge_from) return;
    huge_ = true;
    // Advice for all of it, so that it stays one mapping; without huge pages it is only slower.
    (void)madvise(data_, bytes_max_, MADV_HUGEPAGE);
}

void memory_region::release(std::size_t from, std::size_t bytes) {
    // Fails only for ranges that are not ours or not of whole pages; then the memory would merely stay.
    (void)madvise(data_ + from, bytes, MADV_DONTNEED);
}

}  // namespace streamstats
