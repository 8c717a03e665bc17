// What it costs to make a batch durable: frames of some bytes, so many under way at a time, in a folder of this disk.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>

#include "streamstats/disk/posix_files.hpp"
#include "streamstats/journal/journal.hpp"

using namespace streamstats;

namespace {

// Waits until at most so many appends are not answered.
class window {
public:
    void begin(std::size_t at_most) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_ < at_most; });
        ++open_;
    }
    void end() {
        const std::lock_guard lock(mutex_);
        --open_;
        changed_.notify_one();
    }
    void wait() { begin(1); }

private:
    std::mutex mutex_;  // guards open_
    std::condition_variable changed_;
    std::size_t open_ = 0;
};

void append(benchmark::State& state) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "streamstats-bench-journal";
    std::filesystem::remove_all(folder);
    {
        auto files = disk::open_folder(folder);
        if (!files) return state.SkipWithError(files.error().what.c_str());
        auto opened = journal::writer::open(*files.value(), {}, {});
        if (!opened) return state.SkipWithError(opened.error().what.c_str());
        window answers;
        const std::vector<std::byte> payload(static_cast<std::size_t>(state.range(0)), std::byte{0x5A});
        for (auto _ : state) {
            answers.begin(static_cast<std::size_t>(state.range(1)));
            opened.value()->append(journal::frame_kind::batch, payload,
                                   [&](journal::append_outcome outcome, journal::lsn) {
                                       if (outcome != journal::append_outcome::durable) std::abort();
                                       answers.end();
                                   });
            opened.value()->trim(opened.value()->status().durable);
        }
        answers.wait();
    }
    std::filesystem::remove_all(folder);
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

// 200 bytes are an event, 17 000 a batch of 100.
BENCHMARK(append)
    ->ArgNames({"bytes", "under_way"})
    ->ArgsProduct({{200, 17'000}, {1, 16, 256}})
    ->UseRealTime()
    ->MeasureProcessCPUTime();

BENCHMARK_MAIN();
