// Values in the order in which they came, in blocks of a page: growth copies nothing, and what was taken from the front
// gives its memory back. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace streamstats {

template <class Value>
class block_list {
public:
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const Value& front() const { return (*blocks_[begin_ / block_values])[begin_ % block_values]; }

    void push_back(const Value& value) {
        if (room_ == 0) add_block();
        *(blocks_.back()->end() - room_--) = value;
        ++size_;
    }
    void pop_front() {
        ++begin_;
        if (--size_ == 0) {
            *this = {};
        } else if (begin_ % block_values == 0) {
            blocks_[begin_ / block_values - 1].reset();
        }
    }
    // visit(value) for those from the place `from` to before the place `end`; places are counted from the front.
    template <class Visit>
    void for_each(std::size_t from, std::size_t end, Visit visit) const {
        for (std::size_t at = begin_ + from; at < begin_ + end; ++at)
            visit((*blocks_[at / block_values])[at % block_values]);
    }

private:
    static constexpr std::size_t block_values = 4'096 / sizeof(Value);
    using block = std::array<Value, block_values>;

    void add_block() {
        blocks_.push_back(std::make_unique_for_overwrite<block>());
        room_ = block_values;
    }

    std::vector<std::unique_ptr<block>> blocks_;  // those before begin_ are gone
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
    std::size_t room_ = 0;  // in the last block
};

}  // namespace streamstats
