global using Xunit;

// Every test has processes and a database of its own, and spends most of its time on ends of leases and on finding out that a node is
// dead. More at once than the cores have work for, and fewer than would make the nodes late for each other.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("Sessions.Faults.LongestFirst", "Sessions.Faults")]
