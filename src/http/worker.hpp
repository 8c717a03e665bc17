// One thread with its io_context, and the connections that live on it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <set>
#include <thread>

#include "http/asio.hpp"
#include "http/bell.hpp"
#include "http/buffer_pool.hpp"
#include "http/exchange.hpp"
#include "http/turnstile.hpp"

namespace streamstats::http {

class connection;

class worker {
public:
    explicit worker(site& place);
    ~worker();  // stops
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    // Any thread.
    void start();
    void stop();
    void drain();
    [[nodiscard]] tcp_socket empty_socket() { return tcp_socket{context_.get_executor()}; }
    void adopt(tcp_socket peer, door entered);
    [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }

    // For connections. The first five on the worker's thread only.
    [[nodiscard]] std::shared_ptr<const access_policy> access() { return access_.get(); }
    [[nodiscard]] workbench& bench() { return bench_; }
    [[nodiscard]] buffer_pool& buffers() { return buffers_; }
    [[nodiscard]] turnstile& turns() { return turns_; }
    [[nodiscard]] bool draining() const { return draining_; }
    [[nodiscard]] site& place() { return place_; }
    [[nodiscard]] std::shared_ptr<mailbox> box() const { return box_; }
    // How long that many bytes may take.
    [[nodiscard]] milliseconds time_for(std::size_t bytes) const;
    void count_in() { load_.fetch_add(1, std::memory_order_relaxed); }
    void add(connection& resident) { residents_.insert(&resident); }
    void count_out(connection& resident);

private:
    task<void> check_deadlines();

    site& place_;
    workbench bench_;
    buffer_pool buffers_;
    turnstile turns_;
    access_view access_;
    std::set<connection*> residents_;
    std::atomic<std::size_t> load_{0};
    bool draining_ = false;
    // Its destructor ends the connections, which still use what stands above.
    asio::io_context context_{1};
    // Here and not in the thread: with the first timer the io_context takes its descriptors, which may be short later.
    steady_timer pulse_{context_.get_executor()};
    std::shared_ptr<mailbox> box_ = std::make_shared<mailbox>(context_);
    std::thread thread_;
};

}  // namespace streamstats::http
