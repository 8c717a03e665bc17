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

}  // namespace

void* allocate_lines(std::size_t bytes) {
    if (bytes < huge_page) return operator new(bytes, line);
    void* const got = operator new (bytes, std::align_val_t{huge_page});
    (void)madvise(got, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return got;
}

void free_lines(void* memory, std::size_t bytes) noexcept {
    operator delete (memory, bytes < huge_page ? line : std::align_val_t{huge_page});
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
