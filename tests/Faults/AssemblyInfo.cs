global using Xunit;

// Every test has processes and a database of its own. One of them keeps nearly a core busy, and waits for ends of leases and for the
// detection of dead nodes in between: three together use two cores, and more only make the nodes late for each other.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer("Sessions.Faults.LongestFirst", "Sessions.Faults")]
