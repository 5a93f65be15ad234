module hotshot.example/lightclient

go 1.19
