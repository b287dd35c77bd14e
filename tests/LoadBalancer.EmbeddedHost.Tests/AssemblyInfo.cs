// Hosts with their processes are too heavy to run beside each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
