// What the tests of the journal share: payloads that can be told apart, answers that can be waited for, a disk to try
// things on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "streamstats/journal/journal.hpp"
#include "support/memory_disk.hpp"
#include "support/random_source.hpp"

namespace streamstats::testing {

using bytes = std::vector<std::byte>;

// A payload of at least 8 bytes: the number, then bytes that depend on it.
bytes payload_of(std::uint64_t id, std::size_t size = 32);
// Its number; 0 if a byte of it is wrong.
std::uint64_t id_of(journal::bytes_view payload);

// Counts answers and keeps their order. Any thread.
class answers {
public:
    struct one {
        std::uint64_t id = 0;
        journal::append_outcome outcome{};
        journal::lsn number = 0;
    };
    journal::writer::completion take(std::uint64_t id);
    // Returns when there are so many.
    std::vector<one> wait_for(std::size_t count);
    [[nodiscard]] std::size_t count() const;

private:
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::vector<one> all_;
};

// What a reading of the whole journal found.
struct reading {
    std::map<journal::lsn, std::uint64_t> ids;
    journal::recovered found;
    std::string failure;
};
reading read_all(journal::file_system& files, journal::lsn from = 1);

// A writer on a disk, told in steps. Every step waits until it is done.
class bench {
public:
    explicit bench(journal::writer_limits limits = small_limits(), std::uint64_t seed = 1);

    // Segments of a few frames, no pause between attempts to get room.
    static journal::writer_limits small_limits();

    // Opens a writer behind what is there.
    bench& open();
    // Ends it in good order.
    bench& close();
    // Appends one frame and waits for the answer.
    answers::one append(std::uint64_t id, journal::frame_kind kind = journal::frame_kind::batch);
    // Appends them in one group.
    std::vector<answers::one> append_group(std::uint64_t first, std::uint64_t last);
    // Appends first … last one after another; all must be durable.
    bench& fill(std::uint64_t first, std::uint64_t last);
    // Trims, and waits until that is done.
    bench& trim(journal::lsn upto);
    // The power fails under the writer's feet, and is back.
    bench& crash();

    memory_disk disk;
    journal::writer_limits limits;
    std::unique_ptr<journal::writer> writer;
    std::string open_failure;
    std::size_t payload_bytes = 32;

    [[nodiscard]] std::vector<std::string> segments();
};

// A segment made of these frames, as a writer would have written it.
struct told_frame {
    journal::lsn number = 0;
    journal::lsn durable = 0;
    std::uint64_t id = 0;
};
bytes segment_of(const std::vector<told_frame>& frames);
inline constexpr std::uint64_t told_frame_bytes = 72;  // header and 32 bytes of payload

}  // namespace streamstats::testing
