// Address space that fills up from its beginning: what is in it never moves, growth copies nothing, and what is no
// longer needed goes back to the system. Large ones ask for huge pages: with millions of sessions every access is to
// another page. One thread at a time.
#pragma once

#include <cstddef>

namespace streamstats {

class memory_region {
public:
    // Nothing is reserved before the first grow_to.
    explicit memory_region(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    ~memory_region();
    memory_region(const memory_region&) = delete;
    memory_region& operator=(const memory_region&) = delete;

    // Makes the first `bytes` usable; new memory is zero. Throws std::bad_alloc.
    void grow_to(std::size_t bytes);
    // Gives the memory of whole pages back; they stay usable, and are zero again.
    void release(std::size_t from, std::size_t bytes);

    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

private:
    std::size_t bytes_max_;
    std::size_t usable_ = 0;
    bool huge_ = false;
    void* reserved_ = nullptr;
    std::byte* data_ = nullptr;
};

}  // namespace streamstats
