# Sends 10 requests to the load balancer and prints who answered. Windows PowerShell 5 or PowerShell 7.
param([string] $Uri = "http://localhost:$(if ($env:LB_PORT) { $env:LB_PORT } else { 8080 })")

for ($i = 1; $i -le 10; $i++) {
    $answer = Invoke-RestMethod -Uri $Uri
    Write-Output "Request ${i}: $answer"
}
